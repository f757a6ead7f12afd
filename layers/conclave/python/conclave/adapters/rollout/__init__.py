"""The record of a stage's rollout on DynamoDB."""
