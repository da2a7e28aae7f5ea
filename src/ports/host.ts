/** The machine that this runs on. */
export interface Host {
  /** `20.20.2` */
  readonly nodeVersion: string;
  /** What a path's file system has left, or the one of its nearest parent that exists. */
  freeBytes(path: string): Promise<number>;
  /** What the file system of the folder takes for the present time; null where no file can be made there. */
  fileTime(folder: string): Promise<Date | null>;
  /** Whether a program runs that starts the jobs of crontabs; null where that cannot be seen. */
  isCronRunning(): Promise<boolean | null>;
}
