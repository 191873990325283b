// The expressions of cases.json compiled as C#, on mono: what bench/expressions.py puts beside Sluice's. It puts each
// case into a method of Cases; the context below answers from fixture.json. For each case a line: nanoseconds, a tab,
// the result as text in base 64.
using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Newtonsoft.Json.Linq;

public delegate object Case(IContext context);

public class Values : IReadOnlyDictionary<string, string[]>
{
    readonly Dictionary<string, string[]> all = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
    public Values() { }
    public Values(JObject from)
    {
        foreach (JProperty one in from.Properties())
            all[one.Name] = one.Value is JArray ? one.Value.Select(v => (string)v).ToArray() : new[] { (string)one.Value };
    }
    public void Add(string name, string value) { all[name] = new[] { value }; }
    public string GetValueOrDefault(string key, string otherwise = null)
    {
        string[] found;
        return all.TryGetValue(key, out found) ? string.Join(",", found) : otherwise;
    }
    public string[] this[string key] { get { return all[key]; } }
    public int Count { get { return all.Count; } }
    public IEnumerable<string> Keys { get { return all.Keys; } }
    IEnumerable<string[]> IReadOnlyDictionary<string, string[]>.Values { get { return all.Values; } }
    public bool ContainsKey(string key) { return all.ContainsKey(key); }
    public bool TryGetValue(string key, out string[] value) { return all.TryGetValue(key, out value); }
    public IEnumerator<KeyValuePair<string, string[]>> GetEnumerator() { return all.GetEnumerator(); }
    IEnumerator IEnumerable.GetEnumerator() { return all.GetEnumerator(); }
}

public class Body
{
    readonly string text;
    public Body(string text) { this.text = text; }
    public T As<T>(bool preserveContent = false)
    {
        if (typeof(T) == typeof(string)) return (T)(object)text;
        return (T)(object)JObject.Parse(text);
    }
}

public class Url
{
    public string Path, QueryString;
    public Values Query = new Values();
    public Url(string from)
    {
        var uri = new Uri(from);
        Path = uri.AbsolutePath;
        QueryString = uri.Query;
        foreach (string pair in QueryString.TrimStart('?').Split('&'))
            Query.Add(pair.Split('=')[0], pair.Split('=')[1]);
    }
}

public class Request
{
    public string Method;
    public Url Url;
    public Values Headers;
    public Body Body;
    public Dictionary<string, string> MatchedParameters;
}

public class Response
{
    public int StatusCode;
    public Values Headers;
    public Body Body;
}

public class IContext
{
    public Request Request;
    public Response Response;
    public Dictionary<string, object> Variables = new Dictionary<string, object>();

    public IContext(JObject fixture)
    {
        JToken request = fixture["request"], response = fixture["response"];
        Request = new Request
        {
            Method = (string)request["method"],
            Url = new Url((string)request["url"]),
            Headers = new Values((JObject)request["headers"]),
            Body = new Body((string)request["body"]),
            MatchedParameters = ((JObject)request["matchedParameters"]).Properties().ToDictionary(p => p.Name, p => (string)p.Value),
        };
        Response = new Response
        {
            StatusCode = (int)response["statusCode"],
            Headers = new Values((JObject)response["headers"]),
            Body = new Body((string)response["body"]),
        };
        foreach (JProperty one in ((JObject)fixture["variables"]).Properties())
            Variables[one.Name] = (string)one.Value["type"] == "json" ? (object)JToken.Parse((string)one.Value["value"])
                                                                      : (string)one.Value["value"];
    }
}

public class Jwt
{
    public Values Claims = new Values();
}

public static class Extensions
{
    public static Jwt AsJwt(this string text)
    {
        if (text.StartsWith("Bearer ")) text = text.Substring(7);
        string[] parts = text.Split('.');
        if (parts.Length != 3) return null;
        JObject.Parse(Decoded(parts[0]));
        var jwt = new Jwt();
        foreach (JProperty claim in JObject.Parse(Decoded(parts[1])).Properties())
            jwt.Claims.Add(claim.Name, claim.Value.ToString());
        return jwt;
    }

    static string Decoded(string part)
    {
        part = part.Replace('-', '+').Replace('_', '/');
        return Encoding.UTF8.GetString(Convert.FromBase64String(part.PadRight((part.Length + 3) / 4 * 4, '=')));
    }
}

public static class Harness
{
    public static object Kept;

    struct Time
    {
        public long Seconds, Nanoseconds;
    }

    [DllImport("libc")]
    static extern int clock_gettime(int clock, out Time time);

    // Processor time of the process: what others do on the machine does not count.
    static double Now()
    {
        Time time;
        clock_gettime(2, out time);
        return time.Seconds * 1e9 + time.Nanoseconds;
    }

    static double Measure(Case run, IContext context)
    {
        long turns = 1;
        double best = double.MaxValue;
        // Until a round takes long enough to be measured, which also lets the compiler do its work.
        for (;;)
        {
            double start = Now();
            for (long i = 0; i < turns; i++) Kept = run(context);
            if (Now() - start >= 60e6) break;
            turns *= 2;
        }
        for (int round = 0; round < 5; round++)
        {
            double start = Now();
            for (long i = 0; i < turns; i++) Kept = run(context);
            best = Math.Min(best, (Now() - start) / turns);
        }
        return best;
    }

    public static void Main(string[] arguments)
    {
        var context = new IContext(JObject.Parse(File.ReadAllText(arguments[0])));
        foreach (Case run in Cases.All)
        {
            string result = Convert.ToBase64String(Encoding.UTF8.GetBytes("" + run(context)));
            Console.WriteLine(Measure(run, context).ToString("F1", System.Globalization.CultureInfo.InvariantCulture) + "\t" + result);
        }
    }
}
