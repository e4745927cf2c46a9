if (!process.env.STRIPE_KEY) {
  console.error('STRIPE_KEY is required');
  process.exit(1);
}
