const ada = 'ada@example.com';
const grace = 'grace@example.com';

/** Data to play with on a developer's machine. */
export const demo = {
  password: 'change-me-please',
  taskDefaults: { description: '', status: 'todo', priority: 'medium', dueDate: null },
  users: [
    { email: ada, name: 'Ada' },
    { email: grace, name: 'Grace' },
  ],
  projects: [
    {
      name: 'Website',
      description: 'A new home page',
      owner: ada,
      members: [grace],
      tasks: [
        { title: 'Draw the page', status: 'done', assignee: grace },
        { title: 'Write the texts', status: 'in_progress', priority: 'high', assignee: ada },
        { title: 'Choose a host' },
      ],
    },
    {
      name: 'Summer party',
      description: '',
      owner: grace,
      members: [],
      tasks: [
        { title: 'Find a date', status: 'done', assignee: grace },
        { title: 'Invite everyone', dueDate: '2030-06-01T12:00:00Z' },
      ],
    },
  ],
};
