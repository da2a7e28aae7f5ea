/** The crontab of the user, as text with one character for each byte: nobody knows how others have encoded theirs. */
export interface Crontab {
  /**
   * The whole text; empty when the user has none.
   *
   * @throws AppError SCHEDULE.CRONTAB
   */
  read(): Promise<string>;
  /**
   * Puts this text in its place.
   *
   * @throws AppError SCHEDULE.CRONTAB; the crontab is then as it was
   */
  write(text: string): Promise<void>;
}
