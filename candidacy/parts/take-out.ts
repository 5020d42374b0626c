/** Takes one out of a list, if it is there. */
export const takeOut = <One>(list: One[], one: One): void => {
  const at = list.indexOf(one);
  if (at !== -1) list.splice(at, 1);
};
