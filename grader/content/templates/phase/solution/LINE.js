import { Router } from 'express';

/** GET /@LINE@?name=Ann greets by name. */
export function @IDENT@Routes() {
  const router = Router();
  router.get('/@LINE@', (request, response) => {
    response.json({ greeting: `Hello, ${request.query.name}!` });
  });
  return router;
}
