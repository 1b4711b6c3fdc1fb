print("exchange")
