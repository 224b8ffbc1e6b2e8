"""What is wrong with objects: rules, each a file of rules/, over what controllers make of them."""
