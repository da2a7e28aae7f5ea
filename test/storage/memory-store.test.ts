import { createMemoryStore } from '../support/memory-store.ts';
import { describeStore } from '../support/store-contract.ts';

describeStore('memory', async () => {
  const store = createMemoryStore();
  return {
    store,
    largeBytes: 300_000,
    manyObjects: 5,
    async plantForeign() {
      store.objects.set('notes.txt', Buffer.from('x'));
      return async () => store.objects.has('notes.txt');
    },
    close: async () => undefined,
  };
});
