import type { AdminParts } from '../views/views.ts';
import type { Route } from './admin-route.ts';

/** The answer as of now, where workers have to be asked what they have counted. */
export const fresh =
  ({ look }: Pick<AdminParts, 'look'>, answer: Route['answer']): Route['answer'] =>
  async (asked) => {
    await look?.();
    return answer(asked);
  };
