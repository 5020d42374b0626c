/** Builds the dashboard into this folder, which is emptied first. */
export declare const buildPage: (folder: string) => Promise<void>;
