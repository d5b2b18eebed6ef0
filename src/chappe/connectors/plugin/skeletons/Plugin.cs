// A plug-in that passes `chappe plugin test`: put your provider's calls where Provider has its own.
// mcs -target:library -out:Plugin.dll -r:Contract.dll -r:System.Runtime.Serialization Plugin.cs
// (Contract.dll is what `chappe plugin build` makes; or refer to the interface assembly that you were given.)
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using MMP.MTA.SmsInterface;

/// <summary>Stands for the provider: takes every message and delivers it at once, and keeps it in memory.</summary>
public class Provider
{
    readonly Dictionary<string, DateTime> sent = new Dictionary<string, DateTime>();

    /// <summary>Hands a message over; the provider's id for it, which must never be given twice.</summary>
    public string Submit(string number, string text, string sender)
    {
        string made = Guid.NewGuid().ToString("N");
        sent[made] = DateTime.UtcNow;
        return made;
    }

    /// <summary>When it was delivered; null for an id that is not known.</summary>
    public DateTime? Delivered(string id)
    {
        DateTime at;
        return sent.TryGetValue(id, out at) ? at : (DateTime?)null;
    }
}

public class Plugin : ISmsMessage
{
    readonly Provider provider = new Provider();
    bool loggedIn;

    public string Login(string secretKey)
    {
        loggedIn = secretKey == (Environment.GetEnvironmentVariable("PLUGIN_SECRET") ?? "secret");
        return loggedIn ? "OK" : "NOK";
    }

    // One result for each message, in their order.
    public string Send(string request)
    {
        var asked = Json.Read<SmsSendRequest>(request);
        var messages = asked.messages ?? new List<SmsSendRequest.SmsMessage>();
        return Json.Write(new SmsResponse { results = messages.Select(SendOne).ToList() });
    }

    SmsResponse.ReportResponse SendOne(SmsSendRequest.SmsMessage message)
    {
        if (!loggedIn)
            return new SmsResponse.ReportResponse { apiStatus = "FAIL", partnerStatus = "NOT_LOGGED_IN" };
        if (string.IsNullOrEmpty(message.mobileNumber) || string.IsNullOrEmpty(message.text))
            return new SmsResponse.ReportResponse
            {
                apiStatus = "FAIL",
                partnerStatus = "MISSING_FIELD",
                partnerDetail = "mobileNumber and text are needed",
            };
        return new SmsResponse.ReportResponse
        {
            partnerMessageId = provider.Submit(message.mobileNumber, message.text, message.sender),
            partnerStatus = "ACCEPTED",
            apiStatus = "OK",
            smsMessageCount = 1,
        };
    }

    // One result for each id, in their order; the same again when asked again.
    public string Report(string request)
    {
        var asked = Json.Read<SmsReportRequest>(request);
        var ids = asked.messages ?? new List<string>();
        return Json.Write(
            new SmsResponse { partnerPacketId = asked.partnerPacketId ?? "", results = ids.Select(ReportOne).ToList() });
    }

    SmsResponse.ReportResponse ReportOne(string id)
    {
        var answer = new SmsResponse.ReportResponse { partnerMessageId = id, apiStatus = "WAITING" };
        if (!loggedIn)
        {
            answer.partnerStatus = "NOT_LOGGED_IN";
            return answer;
        }
        DateTime? at = provider.Delivered(id);
        answer.apiStatus = at == null ? "FAIL" : "DELIVERED";
        answer.partnerStatus = at == null ? "UNKNOWN_ID" : "DELIVERED";
        answer.sendAt = at == null ? "" : at.Value.ToString("yyyyMMddHHmm");
        answer.smsMessageCount = at == null ? 0 : 1;
        return answer;
    }

    public void Destroy()
    {
        loggedIn = false;
    }
}

static class Json
{
    public static T Read<T>(string text)
    {
        using (var stream = new MemoryStream(Encoding.UTF8.GetBytes(text)))
            return (T)new DataContractJsonSerializer(typeof(T)).ReadObject(stream);
    }

    public static string Write<T>(T value)
    {
        using (var stream = new MemoryStream())
        {
            new DataContractJsonSerializer(typeof(T)).WriteObject(stream, value);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }
}
