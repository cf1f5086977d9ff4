import type { Operation, ResourceType } from './acl.ts';

/** An operation on a kind of resource. */
export type Need = `${ResourceType}:${Operation}`;

/**
 * What each API asks for, by Kafka's table "Operations and Resources on Protocols". A handler can ask for nothing else,
 * and an API without a line here is not served. Several needs are not all needed: the handler says which for what.
 */
export const NEEDED_OPERATIONS: Readonly<Record<string, readonly Need[]>> = {
  Produce: ['Topic:Write', 'TransactionalId:Write'],
  Fetch: ['Topic:Read'],
  ListOffsets: ['Topic:Describe'],
  /** Without Describe a topic is not there; creation needs Create on it or on the cluster; Describe shows the cluster's bits. */
  Metadata: ['Topic:Describe', 'Topic:Create', 'Cluster:Create', 'Cluster:Describe'],
  OffsetCommit: ['Group:Read', 'Topic:Read'],
  OffsetFetch: ['Group:Describe', 'Topic:Describe'],
  FindCoordinator: ['Group:Describe', 'TransactionalId:Describe'],
  JoinGroup: ['Group:Read'],
  Heartbeat: ['Group:Read'],
  LeaveGroup: ['Group:Read'],
  SyncGroup: ['Group:Read'],
  DescribeGroups: ['Group:Describe'],
  /** With Describe on the cluster all groups, without it those that may be described. */
  ListGroups: ['Cluster:Describe', 'Group:Describe'],
  SaslHandshake: [],
  ApiVersions: [],
  /** Create on the cluster or on the topic; the configuration is shown with DescribeConfigs. */
  CreateTopics: ['Cluster:Create', 'Topic:Create', 'Topic:DescribeConfigs'],
  /** Without Describe a topic that was named by its id keeps its name to itself. */
  DeleteTopics: ['Topic:Delete', 'Topic:Describe'],
  DeleteRecords: ['Topic:Delete'],
  /** Without a transactional id: IdempotentWrite on the cluster, or Write on some topic. */
  InitProducerId: ['TransactionalId:Write', 'Cluster:IdempotentWrite', 'Topic:Write'],
  OffsetForLeaderEpoch: ['Topic:Describe'],
  AddPartitionsToTxn: ['TransactionalId:Write', 'Topic:Write'],
  AddOffsetsToTxn: ['TransactionalId:Write', 'Group:Read'],
  EndTxn: ['TransactionalId:Write'],
  TxnOffsetCommit: ['TransactionalId:Write', 'Group:Read', 'Topic:Read'],
  DescribeAcls: ['Cluster:Describe'],
  CreateAcls: ['Cluster:Alter'],
  DeleteAcls: ['Cluster:Alter'],
  DescribeConfigs: ['Topic:DescribeConfigs', 'Cluster:DescribeConfigs'],
  AlterConfigs: ['Topic:AlterConfigs', 'Cluster:AlterConfigs'],
  DescribeLogDirs: ['Cluster:Describe'],
  SaslAuthenticate: [],
  CreatePartitions: ['Topic:Alter'],
  ElectLeaders: ['Cluster:Alter'],
  AlterPartitionReassignments: ['Cluster:Alter'],
  ListPartitionReassignments: ['Cluster:Describe'],
  DeleteGroups: ['Group:Delete'],
  IncrementalAlterConfigs: ['Topic:AlterConfigs', 'Cluster:AlterConfigs'],
  OffsetDelete: ['Group:Delete', 'Topic:Read'],
  DescribeClientQuotas: ['Cluster:DescribeConfigs'],
  AlterClientQuotas: ['Cluster:AlterConfigs'],
  DescribeUserScramCredentials: ['Cluster:Describe'],
  AlterUserScramCredentials: ['Cluster:Alter'],
  DescribeCluster: ['Cluster:Describe'],
  DescribeProducers: ['Topic:Read'],
  DescribeTransactions: ['TransactionalId:Describe', 'Topic:Describe'],
  ListTransactions: ['TransactionalId:Describe'],
  ConsumerGroupHeartbeat: ['Group:Read', 'Topic:Describe'],
  ConsumerGroupDescribe: ['Group:Describe', 'Topic:Describe'],
  DescribeTopicPartitions: ['Topic:Describe'],
};
