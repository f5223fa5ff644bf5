// What GraphiQL remembers, in this browser and apart for each person and endpoint. No headers are kept: they hold secrets.
// GraphiQL itself leaves them out of its tabs, but not out of its history.

const KEPT_LISTS = /:(queries|favorites|tabState)$/;

export function storage(who: string, endpoint: string) {
  const prefix = `doorward:${who}:${endpoint}:`;
  const mine = () => Object.keys(localStorage).filter(name => name.startsWith(prefix));
  return {
    getItem: (name: string) => localStorage.getItem(prefix + name),
    setItem(name: string, value: string) {
      if (name.endsWith(":headers")) return;
      localStorage.setItem(prefix + name, KEPT_LISTS.test(name) ? without_headers(value) : value);
    },
    removeItem: (name: string) => localStorage.removeItem(prefix + name),
    get length() {
      return mine().length;
    },
    clear() {
      for (const name of mine()) localStorage.removeItem(name);
    },
  };
}

function without_headers(text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value) => (name === "headers" ? undefined : value));
}
