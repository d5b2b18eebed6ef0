// A .NET program that speaks XML by DataContractSerializer: `mono program.exe BASE KEY`.
using System;
using System.Collections.Generic;
using System.Net;
using System.Runtime.Serialization;
using digitaluapi.ServiceModel;

public static class Program
{
    static string address, key;

    static SMPPMsgResponse Post(SendSMPPSmsRequest request, out int status)
    {
        var http = (HttpWebRequest)WebRequest.Create(address + "/communication/message/smpp/sms");
        http.Method = "POST";
        http.ContentType = http.Accept = "application/xml";
        http.Headers["Authorization"] = "Bearer " + key;
        using (var body = http.GetRequestStream())
            new DataContractSerializer(typeof(SendSMPPSmsRequest)).WriteObject(body, request);
        HttpWebResponse response;
        try { response = (HttpWebResponse)http.GetResponse(); }
        catch (WebException refused) { response = (HttpWebResponse)refused.Response; }
        status = (int)response.StatusCode;
        return (SMPPMsgResponse)new DataContractSerializer(typeof(SMPPMsgResponse)).ReadObject(response.GetResponseStream());
    }

    static void Tell(string step, string value)
    {
        Console.Out.Write("{\"step\":\"" + step + "\",\"value\":\"" + value + "\"}\n");
    }

    public static void Main(string[] words)
    {
        Console.OutputEncoding = new System.Text.UTF8Encoding(false);
        address = words[0];
        key = words[1];
        int status;
        var request = new SendSMPPSmsRequest();
        request.Messages.Add(new SMPPMessage { to = "31612345678", content = "h\u00e9 <&> \u263a \U0001f600", clientMessageId = "net-1" });
        request.Messages.Add(new SMPPMessage { to = "nobody", content = "x" });
        var told = Post(request, out status);
        Tell("sent", told.messages[0].accepted + "," + told.messages[1].accepted);
        Tell("echo", told.messages[0].msg.content);
        told = Post(new SendSMPPSmsRequest(), out status);
        var wrong = told.ResponseStatus;
        Tell("error", status + " " + wrong.ErrorCode + " " + wrong.Errors[0].FieldName);
    }
}
