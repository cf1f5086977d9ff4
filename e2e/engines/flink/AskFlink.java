import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Answers SQL with Apache Flink. One question a line on stdin, {"statements": [...]}, of which the last is a query; one answer a line on stdout:
 * {"columns": [{"name", "type"}], "rows": [["+I", text or null, ...]]} or {"error"}. When the last is an INSERT it is run to its end, and what it took is told:
 * {"seconds", "cpuSeconds"} of the whole process. Ends with stdin.
 */
public final class AskFlink {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err);
    Configuration cluster = new Configuration();
    cluster.set(RestOptions.BIND_PORT, "0");
    cluster.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    cluster.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512));
    MiniClusterConfiguration setting =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(cluster)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(32)
            .build();
    try (MiniCluster engine = new MiniCluster(setting)) {
      engine.start();
      BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = questions.readLine(); line != null; line = questions.readLine()) {
        String answer = JSON.writeValueAsString(answer(JSON.readTree(line), engine));
        answers.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
        answers.flush();
      }
    }
    System.exit(0);
  }

  private static ObjectNode answer(JsonNode question, MiniCluster engine) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      StreamTableEnvironment env = environment(engine);
      JsonNode statements = question.get("statements");
      for (int at = 0; at < statements.size() - 1; at++) env.executeSql(statements.get(at).asText());
      String last = statements.get(statements.size() - 1).asText();
      if (last.stripLeading().startsWith("INSERT")) return timed(answer, env, last);
      Table query = env.sqlQuery(last);
      ArrayNode columns = answer.putArray("columns");
      List<LogicalType> types = new ArrayList<>();
      for (Column column : query.getResolvedSchema().getColumns()) {
        LogicalType type = column.getDataType().getLogicalType();
        types.add(type);
        columns.addObject().put("name", column.getName()).put("type", type.asSerializableString());
      }
      ArrayNode rows = answer.putArray("rows");
      try (CloseableIterator<Row> found = changes(env, query).executeAndCollect()) {
        while (found.hasNext()) {
          Row row = found.next();
          ArrayNode written = rows.addArray().add(row.getKind().shortString());
          for (int at = 0; at < types.size(); at++) written.add(text(row.getField(at), types.get(at)));
        }
      }
    } catch (Throwable error) {
      StringBuilder reasons = new StringBuilder();
      for (Throwable cause = error; cause != null; cause = cause.getCause()) {
        reasons.append(reasons.length() == 0 ? "" : " / ").append(cause.getMessage());
      }
      answer.removeAll();
      answer.put("error", reasons.toString());
    }
    return answer;
  }

  private static ObjectNode timed(ObjectNode answer, StreamTableEnvironment env, String insert) throws Exception {
    OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    env.executeSql(insert).await();
    return answer
        .put("seconds", (System.nanoTime() - start) / 1e9)
        .put("cpuSeconds", (system.getProcessCpuTime() - cpu) / 1e9);
  }

  private static StreamTableEnvironment environment(MiniCluster engine) throws Exception {
    StreamExecutionEnvironment streams =
        StreamExecutionEnvironment.createRemoteEnvironment("127.0.0.1", engine.getRestAddress().get().getPort());
    streams.setParallelism(1);
    StreamTableEnvironment env = StreamTableEnvironment.create(streams, EnvironmentSettings.inStreamingMode());
    env.getConfig().set("table.local-time-zone", "UTC");
    return env;
  }

  /** With the rows taken back, which a plan leaves out where nobody needs them. */
  private static DataStream<Row> changes(StreamTableEnvironment env, Table query) {
    Schema schema = Schema.newBuilder().fromResolvedSchema(query.getResolvedSchema()).build();
    return env.toChangelogStream(query, schema, ChangelogMode.all());
  }

  /** As the preview of Millrace writes values; floating point in full, for whoever compares to round. */
  private static String text(Object value, LogicalType type) {
    if (value == null) return null;
    if (value instanceof BigDecimal decimal) return decimal.toPlainString();
    if (value instanceof Float number) return floating(number.doubleValue());
    if (value instanceof Double number) return floating(number);
    if (value instanceof byte[] bytes) return "x'" + HexFormat.of().formatHex(bytes) + "'";
    if (value instanceof LocalDate date) return date.toString();
    if (value instanceof LocalTime time) return time(time, type);
    if (value instanceof LocalDateTime time) return time.toLocalDate() + " " + time(time.toLocalTime(), type);
    if (value instanceof Instant instant) return text(LocalDateTime.ofInstant(instant, ZoneOffset.UTC), type);
    if (value instanceof Duration length) {
      long ms = Math.abs(length.toMillis());
      String clock = LocalTime.ofNanoOfDay(ms % 86_400_000L * 1_000_000L).format(DateTimeFormatter.ofPattern("HH:mm:ss.SSS"));
      return (length.isNegative() ? "-" : "+") + ms / 86_400_000L + " " + clock;
    }
    if (value instanceof Period months) {
      long size = Math.abs(months.toTotalMonths());
      return (months.toTotalMonths() < 0 ? "-" : "+") + String.format("%d-%02d", size / 12, size % 12);
    }
    if (value instanceof Row row) {
      List<LogicalType> types = ((RowType) type).getChildren();
      List<String> parts = new ArrayList<>();
      for (int at = 0; at < row.getArity(); at++) parts.add(nested(row.getField(at), types.get(at)));
      return "(" + String.join(", ", parts) + ")";
    }
    if (value instanceof Map<?, ?> map && type instanceof MapType of) {
      List<String> parts = new ArrayList<>();
      map.forEach((key, held) -> parts.add(nested(key, of.getKeyType()) + "=" + nested(held, of.getValueType())));
      parts.sort(null);
      return "{" + String.join(", ", parts) + "}";
    }
    if (type instanceof ArrayType of) {
      List<String> parts = new ArrayList<>();
      int length = java.lang.reflect.Array.getLength(value);
      for (int at = 0; at < length; at++) parts.add(nested(java.lang.reflect.Array.get(value, at), of.getElementType()));
      return "[" + String.join(", ", parts) + "]";
    }
    return String.valueOf(value);
  }

  private static String nested(Object value, LogicalType type) {
    String written = text(value, type);
    return written == null ? "NULL" : written;
  }

  private static String floating(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15 ? String.valueOf((long) number) : String.valueOf(number);
  }

  private static String time(LocalTime time, LogicalType type) {
    int digits = type.is(LogicalTypeRoot.TIME_WITHOUT_TIME_ZONE)
        ? ((org.apache.flink.table.types.logical.TimeType) type).getPrecision()
        : LogicalTypeChecks.getPrecision(type);
    String whole = time.format(DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSSSSS"));
    return digits == 0 ? whole.substring(0, 8) : whole.substring(0, 9 + digits);
  }
}
