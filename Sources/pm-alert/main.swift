print("pm-alert")
