// A plug-in of MMP Core whose mobile operator is a Chappe gateway: hands the three calls on by HTTP, JSON unchanged.
// Needs C# 5 and System.dll only. Compile it against the interface DLL that came with MMP Core:
//
//     csc /target:library /out:ChappePlugin.dll /reference:<the interface DLL> ChappePlugin.cs
//
// Beside the DLL lies ChappePlugin.txt with a line `url = https://gateway.example:1401`; see docs/dialects/mmp.md.

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Reflection;
using System.Text;
using System.Threading;

using MMP.MTA.SmsInterface;

namespace Chappe.Mmp
{
    /// <summary>One object is used by one caller at a time, as MMP Core does; several objects may live side by side.</summary>
    public class ChappePlugin : ISmsMessage
    {
        private const string SessionHeader = "MMP-Session";

        private readonly Settings settings;
        private string secret;
        private string session = "";

        static ChappePlugin()
        {
            // Nagle's algorithm and delayed acknowledgements add 40 ms to every call.
            ServicePointManager.UseNagleAlgorithm = false;
            ServicePointManager.Expect100Continue = false;
            ServicePointManager.DefaultConnectionLimit = Math.Max(64, ServicePointManager.DefaultConnectionLimit);
            ServicePointManager.SecurityProtocol |= (SecurityProtocolType)3072; // TLS 1.2, not on by default before .NET 4.6
        }

        public ChappePlugin()
        {
            settings = Settings.Load();
        }

        public string Login(string secretKey)
        {
            secret = null;
            session = "";
            if (!IsHeaderSafe(secretKey))
            {
                return "NOK";
            }
            return LogIn(secretKey) ? "OK" : "NOK";
        }

        /// <summary>
        /// FAIL is final to MMP Core, and so it is answered only where the gateway refused, or was never reached. Where
        /// it is not known whether messages were taken this throws, after trying again with the same key.
        /// </summary>
        public string Send(string request)
        {
            if (secret == null)
            {
                return Results(request, "FAIL", "NOT_LOGGED_IN", "");
            }
            Reply reply = Ask("/mmp/send", request, Guid.NewGuid().ToString("N"));
            if (reply.Status == 200)
            {
                return reply.Body;
            }
            if (reply.IsInDoubt)
            {
                throw new InvalidOperationException("Chappe: it is not known what was taken: " + reply.Why);
            }
            return reply.IsJson ? reply.Body : Results(request, "FAIL", "NOT_REACHED", reply.Why);
        }

        /// <summary>Where nothing can be learnt now every message is WAITING: it is asked for again.</summary>
        public string Report(string request)
        {
            if (secret == null)
            {
                return Results(request, "WAITING", "NOT_LOGGED_IN", "");
            }
            Reply reply = Ask("/mmp/report", request, "");
            bool isAnswer = reply.IsJson && reply.Status > 0 && reply.Status < 500;
            return isAnswer ? reply.Body : Results(request, "WAITING", "NOT_REACHED", reply.Why);
        }

        public void Destroy()
        {
            secret = null;
            session = "";
        }

        private bool LogIn(string key)
        {
            Reply reply = Post("/mmp/login", "", "Bearer " + key, "");
            if (reply.Status != 200 || reply.Body.Trim() != "OK")
            {
                return false;
            }
            secret = key;
            session = reply.Session;
            return true;
        }

        // Every try bears the same key, so that the gateway takes each message once however often it is asked.
        private Reply Ask(string path, string body, string key)
        {
            bool isInDoubt = false;
            bool hasLoggedInAgain = false;
            for (int tries = 1; ; tries++)
            {
                string login = session.Length > 0 ? "Session " + session : "Bearer " + secret;
                Reply reply = Post(path, body, login, key);
                if (reply.Status == 401 && !hasLoggedInAgain)
                {
                    // The session is over, or the secret was changed.
                    hasLoggedInAgain = true;
                    session = "";
                    if (LogIn(secret))
                    {
                        tries--;
                        continue;
                    }
                }
                isInDoubt = isInDoubt || reply.IsInDoubt;
                if (reply.Status == 200)
                {
                    return reply;
                }
                reply.IsInDoubt = isInDoubt;
                if (!reply.MayPass || tries >= settings.Tries)
                {
                    return reply;
                }
                Thread.Sleep(settings.PauseMilliseconds * tries);
            }
        }

        private Reply Post(string path, string body, string login, string key)
        {
            try
            {
                HttpWebRequest request = (HttpWebRequest)WebRequest.Create(settings.Url + path);
                request.Method = "POST";
                request.ContentType = "application/json; charset=utf-8";
                request.Accept = "application/json, text/plain";
                request.UserAgent = "ChappePlugin";
                request.Timeout = settings.TimeoutMilliseconds;
                request.ReadWriteTimeout = settings.TimeoutMilliseconds;
                request.AllowAutoRedirect = false;
                request.Headers["Authorization"] = login;
                if (key.Length > 0)
                {
                    request.Headers["Idempotency-Key"] = key;
                }
                byte[] octets = new UTF8Encoding(false).GetBytes(body ?? "");
                request.ContentLength = octets.Length;
                using (Stream stream = request.GetRequestStream())
                {
                    stream.Write(octets, 0, octets.Length);
                }
                using (HttpWebResponse response = (HttpWebResponse)request.GetResponse())
                {
                    return Reply.Of(response);
                }
            }
            catch (WebException error)
            {
                HttpWebResponse response = error.Response as HttpWebResponse;
                if (response == null)
                {
                    return Reply.Of(error);
                }
                using (response)
                {
                    return Reply.Of(response);
                }
            }
            catch (IOException error)
            {
                return Reply.Lost(error.Message);
            }
        }

        private static bool IsHeaderSafe(string text)
        {
            if (string.IsNullOrEmpty(text))
            {
                return false;
            }
            foreach (char letter in text)
            {
                if (letter < '!' || letter > '~')
                {
                    return false;
                }
            }
            return true;
        }

        // An answer of our own: one result for each item of "messages"; ids, which are strings, are handed back.
        private static string Results(string request, string apiStatus, string partnerStatus, string detail)
        {
            StringBuilder answer = new StringBuilder("{\"partnerPacketId\":\"\",\"results\":[");
            string comma = "";
            foreach (string item in MessageList.Items(request ?? ""))
            {
                string id = item.StartsWith("\"", StringComparison.Ordinal) ? item : "\"\"";
                answer.Append(comma).Append("{\"partnerMessageId\":").Append(id)
                    .Append(",\"partnerStatus\":\"").Append(partnerStatus)
                    .Append("\",\"partnerDetail\":").Append(Quoted(detail))
                    .Append(",\"apiStatus\":\"").Append(apiStatus)
                    .Append("\",\"sendAt\":\"\",\"smsOperator\":\"\",\"smsMessageCount\":0}");
                comma = ",";
            }
            return answer.Append("]}").ToString();
        }

        private static string Quoted(string text)
        {
            StringBuilder quoted = new StringBuilder("\"");
            foreach (char letter in text)
            {
                if (letter == '"' || letter == '\\')
                {
                    quoted.Append('\\').Append(letter);
                }
                else if (letter < ' ')
                {
                    quoted.Append(' ');
                }
                else
                {
                    quoted.Append(letter);
                }
            }
            return quoted.Append('"').ToString();
        }

        private sealed class Reply
        {
            /// <summary>0 where there was no answer.</summary>
            public int Status;
            public string Body = "";
            public string Session = "";
            public string Why = "";
            /// <summary>The gateway may have taken something.</summary>
            public bool IsInDoubt;
            /// <summary>Another try may fare better.</summary>
            public bool MayPass;

            public bool IsJson
            {
                get { return Body.StartsWith("{", StringComparison.Ordinal); }
            }

            public static Reply Of(HttpWebResponse response)
            {
                Reply reply = new Reply();
                reply.Status = (int)response.StatusCode;
                reply.Session = response.Headers[SessionHeader] ?? "";
                using (StreamReader reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
                {
                    reply.Body = reader.ReadToEnd();
                }
                // 429 and 503 with an answer in JSON are the gateway's own: nothing was taken. Others may be a proxy's.
                bool isRefusal = (reply.Status == 429 || reply.Status == 503) && reply.IsJson;
                reply.MayPass = isRefusal || reply.Status >= 500;
                reply.IsInDoubt = reply.Status != 200 && !isRefusal && (reply.Status >= 500 || reply.Status < 400);
                reply.Why = "HTTP " + reply.Status;
                return reply;
            }

            public static Reply Of(WebException error)
            {
                Reply reply = Lost(error.Status + ": " + error.Message);
                reply.IsInDoubt = error.Status != WebExceptionStatus.ConnectFailure
                    && error.Status != WebExceptionStatus.NameResolutionFailure
                    && error.Status != WebExceptionStatus.TrustFailure
                    && error.Status != WebExceptionStatus.SecureChannelFailure
                    && error.Status != WebExceptionStatus.ProxyNameResolutionFailure;
                return reply;
            }

            public static Reply Lost(string why)
            {
                Reply reply = new Reply();
                reply.Why = why;
                reply.IsInDoubt = true;
                reply.MayPass = true;
                return reply;
            }
        }

        private sealed class Settings
        {
            public string Url = "http://127.0.0.1:1401";
            public int TimeoutMilliseconds = 100000;
            public int Tries = 4;
            public int PauseMilliseconds = 1000;

            public static Settings Load()
            {
                Settings settings = new Settings();
                string file = Path.ChangeExtension(Place(), ".txt");
                if (File.Exists(file))
                {
                    foreach (string line in File.ReadAllLines(file))
                    {
                        settings.Set(line);
                    }
                }
                string url = Environment.GetEnvironmentVariable("CHAPPE_MMP_URL");
                if (!string.IsNullOrEmpty(url))
                {
                    settings.Url = url;
                }
                settings.Url = settings.Url.TrimEnd('/');
                return settings;
            }

            private static string Place()
            {
                string place = Assembly.GetExecutingAssembly().Location;
                // An assembly that was loaded from memory has no place of its own.
                return string.IsNullOrEmpty(place)
                    ? Path.Combine(AppDomain.CurrentDomain.BaseDirectory, "ChappePlugin.dll")
                    : place;
            }

            private void Set(string line)
            {
                int equals = line.IndexOf('=');
                if (line.TrimStart().StartsWith("#", StringComparison.Ordinal) || equals < 0)
                {
                    return;
                }
                string value = line.Substring(equals + 1).Trim();
                switch (line.Substring(0, equals).Trim().ToLowerInvariant())
                {
                    case "url": Url = value; break;
                    case "timeout": TimeoutMilliseconds = Milliseconds(value); break;
                    case "tries": Tries = Math.Max(1, int.Parse(value)); break;
                    case "pause": PauseMilliseconds = Milliseconds(value); break;
                }
            }

            private static int Milliseconds(string seconds)
            {
                return (int)(double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture) * 1000);
            }
        }

        // Finds the items of the top-level list "messages" as they stand in the text, without reading what is in them.
        private sealed class MessageList
        {
            private readonly string json;
            private int at;

            private MessageList(string json)
            {
                this.json = json;
            }

            public static IList<string> Items(string json)
            {
                MessageList list = new MessageList(json);
                List<string> items = new List<string>();
                try
                {
                    list.Walk(items);
                }
                catch (IndexOutOfRangeException)
                {
                    // The text ends too early: what was found before stands.
                }
                return items;
            }

            private void Walk(List<string> items)
            {
                Blank();
                if (json[at] != '{')
                {
                    return;
                }
                at++;
                for (Blank(); json[at] != '}'; Comma())
                {
                    string name = Value();
                    Blank();
                    at++; // The colon.
                    Blank();
                    bool isList = string.Equals(name, "\"messages\"", StringComparison.OrdinalIgnoreCase) && json[at] == '[';
                    if (!isList)
                    {
                        Value();
                        continue;
                    }
                    at++;
                    for (Blank(); json[at] != ']'; Comma())
                    {
                        items.Add(Value());
                    }
                    return;
                }
            }

            private void Comma()
            {
                Blank();
                if (json[at] == ',')
                {
                    at++;
                    Blank();
                }
            }

            private void Blank()
            {
                while (at < json.Length && char.IsWhiteSpace(json[at]))
                {
                    at++;
                }
            }

            private string Value()
            {
                int start = at;
                int depth = 0;
                do
                {
                    char letter = json[at++];
                    if (letter == '"')
                    {
                        while (json[at] != '"')
                        {
                            at += json[at] == '\\' ? 2 : 1;
                        }
                        at++;
                    }
                    else if (letter == '{' || letter == '[')
                    {
                        depth++;
                    }
                    else if (letter == '}' || letter == ']')
                    {
                        depth--;
                    }
                    else if (depth == 0)
                    {
                        while (at < json.Length && ",]}".IndexOf(json[at]) < 0)
                        {
                            at++;
                        }
                    }
                }
                while (depth > 0);
                return json.Substring(start, at - start);
            }
        }
    }
}
