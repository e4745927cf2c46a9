import { Router } from 'express';

/** GET /@LINE@?name=Ann greets by name. */
export function @IDENT@Routes() {
  const router = Router();
  router.get('/@LINE@', (request, response) => {
    // TODO(@LINE@): answer 200 and the greeting that the brief shows.
    response.status(501).json({ title: 'Not implemented' });
  });
  return router;
}
