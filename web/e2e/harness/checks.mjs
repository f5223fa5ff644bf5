// What a story holds to be true. Each check is counted, so that the suite can say how much it has looked at.

let made = 0;

/** How many checks were made so far. */
export const checksMade = () => made;

/** One more was made, whose findings are told of later. */
export const counted = () => (made += 1);

/** Fails the story unless it holds. `detail` is what was found instead; a function is asked only when it is needed. */
export function check(what, holds, detail = '') {
  made += 1;
  if (holds) return;
  const found = typeof detail === 'function' ? detail() : detail;
  throw new Error(found === '' ? what : `${what}: ${typeof found === 'string' ? found : JSON.stringify(found)}`);
}

/** Fails the story unless both are the same JSON. */
export function same(what, found, wanted) {
  const [a, b] = [found, wanted].map((value) => JSON.stringify(value));
  check(what, a === b, () => `found ${a} where ${b} was wanted`);
}

/** Asks again until it holds, for `seconds` at most; then it is a check like any other. */
export async function eventually(what, asks, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await asks();
    if (answer || Date.now() > end) {
      check(what, answer, `not within ${seconds} s`);
      return answer;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
