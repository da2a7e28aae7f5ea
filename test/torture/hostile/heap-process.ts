import { type Heap, readHeap } from './heap.ts';

// Answers every heap with what the reader did wrong; see heap-reader.ts.
process.on('message', async (heap: Heap) => process.send!(await readHeap(heap)));
