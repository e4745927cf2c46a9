/** Who receives what is sent to these: one user's sockets, or those that joined a project. */
export const userRoom = (id) => `user:${id}`;
export const projectRoom = (id) => `project:${id}`;
