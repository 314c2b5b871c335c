"""DynamoDB: what a template says of a table, and items whose time to live is over."""
