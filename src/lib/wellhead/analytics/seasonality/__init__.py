"""Does a price have a season, is it stable, and could one have used it?"""
