"""Did the model invent its pictures, or copy those it was trained on?"""
