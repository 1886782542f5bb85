/** The queue of requests, and the one on which the Functions host puts what it could not process. */
export const queueName = "requests";
export const poisonQueueName = `${queueName}-poison`;
