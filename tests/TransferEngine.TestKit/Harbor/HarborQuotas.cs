using Microsoft.AspNetCore.Http;

namespace TransferEngine.TestKit.Harbor;

/// <summary><c>/api/v2.0/quotas</c>: what each project holds and may hold, for system administrators.</summary>
internal static class HarborQuotas
{
    public static Task ListAsync(HttpContext http, HarborProjects projects, HarborAccount? account)
    {
        if (account is not { IsAdmin: true })
            return HarborReply.RefuseAsync(http, account);
        var id = http.Request.Query["reference_id"].ToString();
        var wanted = projects.All.Where(project => id.Length == 0 || project.Id.ToString(System.Globalization.CultureInfo.InvariantCulture) == id).ToList();
        return HarborPage.AnswerAsync(http, http.Request.Query["reference"] == "project" ? wanted : [], project => new
        {
            id = project.Id,
            @ref = new { id = project.Id, name = project.Name, owner_name = "admin" },
            hard = new { storage = project.StorageLimit },
            used = new { storage = project.Used },
        });
    }
}
