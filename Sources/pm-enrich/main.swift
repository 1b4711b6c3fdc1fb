print("pm-enrich")
