// Stands for MMP Core in the tests: makes the plug-in that lies beside it and does what it is told line by line.
// A line is a letter (L, S, R or D) and an argument in base64; the answer is =result or !exception, in base64 too.
using System;
using System.Text;

using MMP.MTA.SmsInterface;

public static class Core
{
    public static void Main()
    {
        ISmsMessage plugin = new Chappe.Mmp.ChappePlugin();
        for (string line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            string argument = Encoding.UTF8.GetString(Convert.FromBase64String(line.Substring(1)));
            string said;
            try
            {
                said = "=" + Encode(Call(plugin, line[0], argument));
            }
            catch (Exception error)
            {
                said = "!" + Encode(error.GetType().Name + ": " + error.Message);
            }
            Console.WriteLine(said);
            Console.Out.Flush();
        }
    }

    private static string Call(ISmsMessage plugin, char method, string argument)
    {
        switch (method)
        {
            case 'L': return plugin.Login(argument);
            case 'S': return plugin.Send(argument);
            case 'R': return plugin.Report(argument);
            default: plugin.Destroy(); return "";
        }
    }

    private static string Encode(string text)
    {
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }
}
