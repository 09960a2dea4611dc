"""What the pull-request workflow and the deployment job run; nothing of the platform imports it."""
