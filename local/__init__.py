"""The laptop's AWS: an emulator with its gaps filled, a stand-in for Bedrock, and the real CDK CLI deploying to both."""
