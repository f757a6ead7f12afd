"""Events of runs in DynamoDB, and the connections of those who listen in API Gateway."""
