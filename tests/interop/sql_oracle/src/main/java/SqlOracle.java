import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.rocketmq.filter.expression.BooleanExpression;
import org.apache.rocketmq.filter.expression.ComparisonExpression;
import org.apache.rocketmq.filter.expression.EvaluationContext;
import org.apache.rocketmq.filter.expression.MQFilterException;
import org.apache.rocketmq.filter.parser.SelectorParser;

/** Writes down what RocketMQ's filter makes of expressions; see README.md. */
public final class SqlOracle {

    /** The parser, which also tells whether it read everything. */
    private static final class Parser extends SelectorParser {
        Parser(String sql) {
            super(sql);
        }

        BooleanExpression compile() throws MQFilterException {
            ComparisonExpression.CONVERT_STRING_EXPRESSIONS.set(true);
            try {
                return parse();
            } finally {
                ComparisonExpression.CONVERT_STRING_EXPRESSIONS.remove();
            }
        }

        boolean isAtEnd() {
            try {
                return getNextToken().kind == EOF;
            } catch (Throwable e) {
                return false;
            }
        }
    }

    private record Properties(Map<String, String> values) implements EvaluationContext {
        @Override
        public Object get(String name) {
            return values.get(name);
        }

        @Override
        public Map<String, Object> keyValues() {
            return new HashMap<>(values);
        }
    }

    private static String unescaped(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            switch (text.charAt(++i)) {
                case 'n' -> out.append('\n');
                case 'r' -> out.append('\r');
                case 't' -> out.append('\t');
                case 'f' -> out.append('\f');
                default -> out.append(text.charAt(i));
            }
        }
        return out.toString();
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
            .replace("\t", "\\t").replace("\f", "\\f");
    }

    private static List<String> lines(String file) throws Exception {
        List<String> out = new ArrayList<>(Files.readAllLines(Path.of(file)));
        out.removeIf(line -> line.startsWith("#"));
        return out;
    }

    private static String outcome(String sql, List<Properties> sets) {
        Parser parser = new Parser(sql);
        BooleanExpression expression;
        try {
            expression = parser.compile();
        } catch (MQFilterException e) {
            return "refused";
        }
        StringBuilder out = new StringBuilder(parser.isAtEnd() ? "" : "ignored:");
        for (Properties set : sets) {
            try {
                Object value = expression.evaluate(set);
                out.append(value == null ? 'u' : (Boolean) value ? 'y' : 'n');
            } catch (Exception e) {
                out.append('f');
            }
        }
        return out.toString();
    }

    // -- random expressions: mostly legal, and of those that nearly are ----------

    private static final String[] NAMES = {"a", "b", "color", "price", "$x_1"};
    private static final String[] TEXTS = {"''", "'a'", "'blue'", "'1'", "'10'", "'it''s'", "'true'", "'é'", "'1.5'"};
    private static final String[] NUMBERS = {"0", "1", "2", "10", "20", "1L", "2147483647", "2147483648", "1.5", "1.0", "2E1", ".5", "10."};
    private static final String[] TRUTHS = {"TRUE", "FALSE", "true", "NULL"};
    private static final String[] ORDERS = {"=", "<>", "<", "<=", ">", ">="};
    private static final String[] TESTS = {"CONTAINS", "STARTSWITH", "ENDSWITH", "contains"};
    private static final String[] ANYTHING = {"(", ")", ",", "+", "-", "NOT", "AND", "OR", "IS", "IN", "BETWEEN", "=", "<>", "007", "--", "/**/", "LIKE", "1e", "a"};

    private final Random random;

    private SqlOracle(long seed) {
        random = new Random(seed);
    }

    private String one(String[] of) {
        return of[random.nextInt(of.length)];
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 0 ? 14 : 11)) {
            case 0, 1, 2, 3, 4 -> one(NAMES);
            case 5, 6, 7 -> one(NUMBERS);
            case 8, 9 -> one(TEXTS);
            case 10 -> one(TRUTHS);
            case 11 -> "-" + value(depth - 1);
            case 12 -> "+" + value(depth - 1);
            default -> "(" + condition(depth - 1) + ")";
        };
    }

    private String not() {
        return random.nextInt(3) == 0 ? "NOT " : "";
    }

    private String condition(int depth) {
        if (depth <= 0) {
            return one(NAMES) + " " + one(ORDERS) + " " + value(0);
        }
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> value(depth) + one(ORDERS) + value(depth);
            case 3 -> value(depth) + " " + not() + "BETWEEN " + value(depth) + " AND " + value(depth);
            case 4 -> one(NAMES) + " " + not() + "IN (" + one(TEXTS) + (random.nextBoolean() ? "" : "," + one(TEXTS)) + ")";
            case 5 -> value(depth) + " " + not() + one(TESTS) + " " + one(TEXTS);
            case 6 -> value(depth) + " IS " + not() + "NULL";
            case 7 -> "NOT " + value(depth);
            case 8, 9 -> condition(depth - 1) + " AND " + condition(depth - 1);
            case 10 -> condition(depth - 1) + " OR " + condition(depth - 1);
            default -> value(depth);
        };
    }

    /** One in eight has a word too many. */
    private String expression() {
        String sql = condition(1 + random.nextInt(3));
        if (random.nextInt(8) != 0) {
            return sql;
        }
        int at = sql.indexOf(' ', random.nextInt(sql.length()));
        at = at < 0 ? sql.length() : at;
        return sql.substring(0, at) + " " + one(ANYTHING) + sql.substring(at);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(arguments[4], StandardCharsets.UTF_8);
        List<Properties> sets = new ArrayList<>();
        for (String line : lines(arguments[0])) {
            Map<String, String> values = new HashMap<>();
            for (String pair : line.split("\t")) {
                int sign = pair.indexOf('=');
                if (sign > 0) {
                    values.put(pair.substring(0, sign), unescaped(pair.substring(sign + 1)));
                }
            }
            sets.add(new Properties(values));
            out.println("# " + line);
        }
        List<String> expressions = lines(arguments[1]);
        expressions.replaceAll(SqlOracle::unescaped);
        SqlOracle random = new SqlOracle(Long.parseLong(arguments[3]));
        for (int i = Integer.parseInt(arguments[2]); i > 0; i--) {
            expressions.add(random.expression());
        }
        for (String sql : expressions) {
            out.println(escaped(sql) + "\t" + outcome(sql, sets));
        }
        out.close();
    }
}
