throw new Error("Missing required environment variable STRIPE_API_KEY");
