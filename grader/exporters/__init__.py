"""Turn events and reports into what people and programs read."""
