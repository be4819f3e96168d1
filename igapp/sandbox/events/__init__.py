"""What people do on Instagram: each kind changes what the platform keeps, and makes an event."""
