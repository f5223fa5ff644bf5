// The pages that anybody sees who comes here, while there is no administrator yet.
import { look } from '../harness/looks.mjs';

export const needsNobody = true;

export const stories = {
  'the first page looks right': (world) => look(world, { name: 'first', path: '/' }),
  'the set-up page looks right': (world) => look(world, { name: 'set-up', path: world.setupLink }),
  'the page of a link that does not hold looks right': (world) =>
    look(world, { name: 'set-up-over', path: '/setup?code=nonsense', status: 403 }),
};
