// The pages that anybody sees who comes here, while there is no administrator yet.
import { look } from '../harness/looks.mjs';

export const needsNobody = true;

export const stories = {
  'the first page looks right': (world) => look(world, { name: 'home', path: '/' }),
  'the set-up page looks right': (world) => look(world, { name: 'setup', path: world.setupLink }),
};
