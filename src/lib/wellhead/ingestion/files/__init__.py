"""Files of prices, as people have them: from bytes to the columns of `RAW_COLUMNS`."""
