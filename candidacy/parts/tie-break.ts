/** What a request adds to a score: of equals the server with fewer comes first, and it weighs nothing beside the rest. */
export const TIE_BREAK = 1e-6;
