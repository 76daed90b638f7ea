"""Council tax moves: rows of a lettings agent's workbook end one account in revenues and open another."""
