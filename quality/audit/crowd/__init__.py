"""A crowd of virtual volunteers that plays through the real doors: the volunteers' API and the assist's socket.

They know the truth and err in the ways people do; what the site makes of them is then held against what they were.
"""
