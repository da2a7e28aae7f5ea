/**
 * Runs `work` over `source` with at most `limit` results pending, and yields the results in the order of the source.
 * When the consumer stops early or an item fails, what is still running is waited for, so nothing outlives the loop.
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const pending: Promise<R>[] = [];
  try {
    for await (const item of source) {
      const result = work(item);
      // A later item may fail while an earlier one is awaited; its own await below still sees the rejection.
      result.catch(() => undefined);
      pending.push(result);
      if (pending.length >= limit) yield await pending.shift()!;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
}
