"""What is done to tenants: onboarding, suspension, removal, and where they are placed."""
