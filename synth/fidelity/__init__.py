"""Does a generated picture show what its label says?"""
