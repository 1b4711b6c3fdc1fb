print("pm-filter")
