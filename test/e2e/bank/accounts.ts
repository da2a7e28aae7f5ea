/** How many accounts each of the two tables has, with ids from 1. */
export const accounts = 3000;
