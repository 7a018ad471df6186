/** The columns of the source table and of the target. */
export const COLUMNS = ['id', 'name', 'created', 'score', 'email', 'note'] as const
