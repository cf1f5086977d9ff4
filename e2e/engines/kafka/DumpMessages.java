import java.util.Map;
import java.util.StringJoiner;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/**
 * Prints, as JSON, how Kafka's own client lays out every message of the protocol in every version. Run from source with
 * kafka-clients on the class path; ../kafka/messages.ts says what comes out.
 */
public final class DumpMessages {
  public static void main(String[] args) {
    StringJoiner apis = new StringJoiner(",\n", "{", "}\n");
    for (ApiMessageType api : ApiMessageType.values()) {
      StringJoiner versions = new StringJoiner(",\n ", "{", "}");
      for (short v = api.lowestSupportedVersion(); v <= api.highestSupportedVersion(true); v++) {
        versions.add(String.format(
            "\"%d\": {\"flexible\": %b, \"request\": %s, \"response\": %s}",
            v, api.requestHeaderVersion(v) >= 2, type(api.requestSchemas()[v]), type(api.responseSchemas()[v])));
      }
      apis.add(String.format("\"%s\": {\"key\": %d, \"versions\": %s}", api.name, api.apiKey(), versions));
    }
    System.out.print(apis);
  }

  private static String type(Type type) {
    if (type instanceof Schema schema) {
      StringJoiner fields = new StringJoiner(",", "[", "]");
      for (BoundField field : schema.fields()) fields.add(field(field.def));
      return String.format("{\"kind\": \"struct\", \"nullable\": %b, \"fields\": %s}", schema.isNullable(), fields);
    }
    if (type instanceof TaggedFields tagged) {
      StringJoiner fields = new StringJoiner(",", "{", "}");
      for (Map.Entry<Integer, Field> entry : tagged.fields().entrySet()) {
        fields.add(String.format("\"%d\": %s", entry.getKey(), field(entry.getValue())));
      }
      return String.format("{\"kind\": \"tagged\", \"fields\": %s}", fields);
    }
    if (type instanceof ArrayOf || type instanceof CompactArrayOf) {
      return String.format(
          "{\"kind\": \"array\", \"compact\": %b, \"nullable\": %b, \"of\": %s}",
          type instanceof CompactArrayOf, type.isNullable(), type(type.arrayElementType().orElseThrow()));
    }
    return '"' + type.toString().toLowerCase() + '"';
  }

  private static String field(Field field) {
    return String.format("{\"name\": \"%s\", \"type\": %s}", field.name, type(field.type));
  }
}
