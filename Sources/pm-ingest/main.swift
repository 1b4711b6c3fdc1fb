print("pm-ingest")
