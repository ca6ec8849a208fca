import { parentPort, workerData } from "node:worker_threads";
import { playMany } from "./many.ts";
import type { Many } from "./many.ts";

/** A thread of test:deep: worlds patch what is global, so each thread plays its own. */
const total = await playMany(workerData as Many, (broken) => parentPort?.postMessage({ broken }, []));
parentPort?.postMessage({ total }, []);
