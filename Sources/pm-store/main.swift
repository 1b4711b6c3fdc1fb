print("pm-store")
