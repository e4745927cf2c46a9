const UNMATCHED = 'unmatched';

/** Notes the template of the path that was matched. `req.baseUrl` is right only while the router runs. */
export const remember = (path) => (req, res, next) => {
  req.template = req.baseUrl + path;
  next();
};

/** The template of a request's path, such as `/api/v1/tasks/:id`; one name for all that match none. */
export const routeOf = (req) => req.template ?? UNMATCHED;
