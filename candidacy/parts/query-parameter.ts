/** A parameter of a query, as the client sent it; of several the first. Undefined if there is none. */
export const queryParameter = (query: string, name: string): string | undefined => {
  for (let from = 0; from < query.length; ) {
    const and = query.indexOf('&', from);
    const end = and === -1 ? query.length : and;
    if (query.startsWith(name, from) && query[from + name.length] === '=')
      return query.slice(from + name.length + 1, end);
    from = end + 1;
  }
  return undefined;
};
