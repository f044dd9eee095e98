"""Pure decisions, each with its reason: duplicate of? which story? merge?"""
